"""The page that classifies a song: Gradio's, as the original project's, and loaded only when somebody opens it."""
