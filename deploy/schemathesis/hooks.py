"""What schemathesis cannot make up from the description: bodies that are no JSON."""

import schemathesis
from hypothesis import strategies as st

JOSE = st.text(alphabet=st.characters(codec="ascii"), max_size=400).map(str.encode)
schemathesis.openapi.media_type("application/jose", JOSE, aliases=["application/jose-lines"])
PICTURE = st.binary(max_size=400)
schemathesis.openapi.media_type("image/png", PICTURE, aliases=["image/jpeg"])
