"""A recording as pictures: its waveform and its mel spectrogram, gathered in constant memory while it is streamed."""
