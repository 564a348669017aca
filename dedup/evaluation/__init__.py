"""The live pass measured on labelled documents."""
