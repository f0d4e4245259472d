"""Three commands to start from, and whether those that are there answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bluegreen.core.errors import BluegreenError
from bluegreen.core.router_specs import Commands
from bluegreen.core.spec import AppSpec
from bluegreen.routers.asking import Asking
from bluegreen.routers.setup import Sight


class CommandSetup:
    """See `bluegreen.routers.setup.Setup`."""

    def snippet(self, app: AppSpec) -> str:
        """The three commands, with what each is given and has to do."""
        spec = _spec(app)
        return f"""\
#!/bin/sh
# --- {spec.set}: move users of {app.app}. Exit 0 when it is done; it may be asked twice.
# Given in one line: {{"app": "{app.app}", "epoch": 7, "shares": {{"green": 100}}, "environments":
#   {{"green": {{"release": 12, "paths": {{"/": ["127.0.0.1:42001"]}}}}}}, "fallback": …, "address": …, "hosts": …}}
# `shares` is empty when nobody is to be served; `epoch` is null when the application is gone.
told=$(cat)
echo "tell your device: $told" >&2; exit 1

#!/bin/sh
# --- {spec.get}: the route in force, from the device itself. Given {{"app": "{app.app}"}}.
# Print {{"epoch": 7, "shares": {{"green": 100}}}} as the last line, or {{}} when there is none.
echo '{{}}'

#!/bin/sh
# --- {spec.drain}: requests and streams under way.
# Given {{"app": "{app.app}", "backends": {{"{app.app}/blue/11/web": {{"environment": "blue", "instances": […]}}}}}}.
# Print {{"active": {{"{app.app}/blue/11/web": 0}}}} as the last line, with each name that was given; fail when
# it cannot be told.
exit 1
"""

    def examine(self, app: AppSpec) -> Sequence[Sight]:
        """Whether `get` answers; the other two are not tried, since they may do something."""
        try:
            route = asyncio.run(Asking(_spec(app)).get({"app": app.app}))
        except BluegreenError as error:
            return [Sight("wrong", f"{error.what} {error.why}", error.cure)]
        told = f"epoch {route.epoch}" if route else "no route yet"
        return [Sight("well", f"`{_spec(app).get}` answers: {told}")]


def _spec(app: AppSpec) -> Commands:
    assert isinstance(app.router, Commands)
    return app.router
