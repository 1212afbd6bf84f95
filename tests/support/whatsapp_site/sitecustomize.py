"""Read by every Python that has this folder in its path: a number's process finds its own WhatsApp of ours.

`CLARIN_TEST_WHATSAPPS` is {device: [proxy, root key]}; processes that are no number's are left as they are.
"""

import json
import os
import sys
from pathlib import Path

if "device" in sys.orig_argv and "--device" in sys.orig_argv and "CLARIN_TEST_WHATSAPPS" in os.environ:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import whatsapp_device

    whatsapps = json.loads(os.environ["CLARIN_TEST_WHATSAPPS"])
    os.environ["WHATSAPP_PROXY"], root = whatsapps[sys.orig_argv[sys.orig_argv.index("--device") + 1]]
    whatsapp_device.prepare(bytes.fromhex(root))
