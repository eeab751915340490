"""The arguments of the verbs, in the order in which they are used: the contract that scripts and the window rely on."""
