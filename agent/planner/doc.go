// Package planner is the part of the interview that both engines share: what a user's message says and does ([ReadMessage]), what is known
// and open ([State]), and which question comes next ([Take]), with the bank of questions, the word lists and the fixed phrases that belong to
// it. It says nothing itself; the engines do. Everything here is a pure function of its arguments and of the data in data/, and what it
// returns is shared: callers must not change it.
package planner
