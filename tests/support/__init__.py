"""What tests share: a scripted `claude` and the scenarios that drive it."""
