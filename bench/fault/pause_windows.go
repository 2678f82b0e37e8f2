package main

// freeze does nothing: there is no such signal on Windows.
func (s *replica) freeze() {}

// thaw does nothing.
func (s *replica) thaw() {}
