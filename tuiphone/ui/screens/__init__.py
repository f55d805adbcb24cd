"""What fills the window: the pages of the f-keys, and the dialogs over them."""
