"""The phone conversation; the only package that imports pipecat."""

from loguru import logger

# Before pipecat is imported: it logs what people say, and a banner. Our own events go through
# structlog and carry personal data under marked keys only.
logger.disable("pipecat")
