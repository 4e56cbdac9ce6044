"""Reading models: file formats, tokenizers, and the download."""
