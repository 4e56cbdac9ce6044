"""What a page says and asks for while someone reads it: console, errors, requests."""

from playwright.sync_api import ConsoleMessage, Page, Request, Response


class Watch:
    """Notes every fault of a page from the moment on that it is made.

    `faults` has a sentence for each: a warning or error on the console, an error that a script did not catch, a
    request that failed, and a request to any place but `home`.
    """

    def __init__(self, page: Page, home: str) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.home = home
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.faults.append(f"a script failed: {error}: catch it or mend it"))
        page.on("request", self.request)
        page.on("requestfailed", lambda request: self.failed(request, request.failure or "no reason given"))
        page.on("response", self.response)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            place = message.location.get("url", "")
            self.faults.append(f"{message.type} on the console: {message.text} ({place}): mend what it names")

    def request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.home, "data:", "blob:")):
            self.faults.append(f"it asks another host, {request.url}: carry the file with the pages")

    def failed(self, request: Request, reason: str) -> None:
        self.faults.append(f"{request.url} did not load ({reason}): correct its address, or put the file there")

    def response(self, response: Response) -> None:
        if response.status >= 400:
            self.failed(response.request, f"status {response.status}")
