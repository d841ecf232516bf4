"""What tests of this package and of its plugins share."""
