"""Start KaTeX's server so that a busy machine does not break the build.

sphinxcontrib-katex connects to its Unix socket as soon as the file exists, which can be before anyone listens there,
and then leaves the server running and the build hanging. Its way for systems without such sockets tries again.
"""

from sphinxcontrib import katex


def setup(app):
    """Use the patient way everywhere, and wait a minute instead of five seconds."""
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0
    katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
    return {"parallel_read_safe": True}
