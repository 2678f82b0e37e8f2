package setup

// lowerPriority does nothing.
func lowerPriority() {}
