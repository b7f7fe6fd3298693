"""What the register keeps."""
