// Package interview holds the words of Better Profile: users, conversations, messages, turns and their events, what is valid,
// how things fail, and the life of a turn. Every other package is a layer around it; it imports the standard library only.
//
// The contracts that the layers fill in stand beside their caller: [Store] (made by package storage) and [Agent] (made by package
// agent). [Service] runs the turns between the two.
package interview
