"""The rehearsal's clients: made-up officers, posts and phones that use the desk as people and devices do, over HTTP alone."""
