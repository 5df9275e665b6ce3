"""The instructor's side: hidden cases, the sandbox, the judge, the gradebook, reports."""

import sys
from typing import Any, cast

# jsonschema, which nbformat loads, would build a grammar of internationalised addresses for two
# seconds in every process; no notebook is checked against it, and jsonschema goes on without
cast(dict[str, Any], sys.modules).setdefault("rfc3987_syntax", None)
