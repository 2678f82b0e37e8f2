// Package planner knows what an interview is made of: the bank of questions, the word lists and fixed phrases that go with it,
// and how to compare texts with them. It chooses nothing and says nothing; the engines do. Everything here is a pure function
// of its arguments and of the data in data/, and what it returns is shared: callers must not change it.
package planner
