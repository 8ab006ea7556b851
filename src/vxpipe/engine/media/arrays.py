"""What the arrays are called that pure parts hand one another: by what their values are. Pure."""

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float32]
Hashes = NDArray[np.uint64]
Indices = NDArray[np.intp]
"""Places: of frames among samples, of packets in a file."""
Pts = NDArray[np.int64]
"""When frames are shown, in the unit of their film; what is called times counts in seconds."""
Shorts = NDArray[np.int16]
"""How far bytes are apart, and in which direction."""
Values = NDArray[np.float64]
