"""The model artifact on disk, and the network that its weights make in ONNX Runtime."""
