"""Users: who may sign in, and what each may do."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for

from admin import passwords
from admin.access import ROLES, Role
from admin.auth import person
from admin.views.base import View, back, exposed
from hub.errors import ConfigurationError
from hub.store.users import User


class AccountsView(View):
    """For administrators of everything."""

    needs = "administer"

    def is_accessible(self) -> bool:
        """Nobody who is kept to some integrations may open others, to himself or anybody."""
        return super().is_accessible() and person().administers_all

    @exposed("/")
    def index(self) -> str:
        """Everybody."""
        return self._listed()

    def _listed(self, **more: Any) -> str:
        scope = self.scope()
        names = [one.name for one in scope.integrations.values()]
        values = {"users": self.hub.users.all(), "zone": scope.any_zone, "integrations": names, "roles": ROLES}
        return self.page("users", **values, **more)

    @exposed("/add", "POST")
    def add(self) -> Any:
        """Add a person; the one-time password is shown once, on this page only."""
        role, access = self._asked()
        password = passwords.one_time()
        name = request.form.get("name", "")
        try:
            identity = self.hub.users.add(name, passwords.hashed(password), role, self.now(), **access)
        except ConfigurationError as error:
            return self._listed(wrong=str(error), fix=error.fix, tried=name), 400
        made = self._user(identity)
        self.note("users add", made.name, after=made.access())
        return self._listed(made=made.name, password=password)

    @exposed("/<int:identity>")
    def one(self, identity: int) -> str:
        """One person."""
        return self._shown(self._user(identity))

    def _shown(self, user: User, **more: Any) -> str:
        scope = self.scope()
        names = [one.name for one in scope.integrations.values()]
        names += [name for name in user.integrations if name not in names]
        return self.page("user", user=user, zone=scope.any_zone, integrations=names, roles=ROLES, **more)

    @exposed("/<int:identity>/access", "POST")
    def access(self, identity: int) -> Any:
        """Change role and access."""
        user = self._user(identity)
        role, access = self._asked()
        self.hub.users.set_access(user.id, role, **access)
        self.note("users role", user.name, user.access(), self._user(identity).access())
        return back(url_for("users.index"), f"{user.name}: changed. Sessions of before have ended.")

    @exposed("/<int:identity>/password", "POST")
    def password(self, identity: int) -> Any:
        """Give a new one-time password, shown once."""
        user, made = self._user(identity), passwords.one_time()
        self.hub.users.set_password(user.id, passwords.hashed(made), must_change=True)
        self.note("users password", user.name)
        return self._shown(self._user(identity), password=made)

    @exposed("/<int:identity>/close", "POST")
    def close(self, identity: int) -> Any:
        """Close the account, or open it again."""
        user = self._user(identity)
        closing = user.disabled_at is None
        self.hub.users.disable(user.id, self.now() if closing else None)
        self.note("users disable" if closing else "users enable", user.name)
        return back(url_for("users.index"), f"{user.name}: {'closed' if closing else 'open again'}.")

    def _user(self, identity: int) -> User:
        user = self.hub.users.get(identity)
        if user is None:
            abort(404)
        return user

    def _asked(self) -> tuple[Role, dict[str, Any]]:
        role = request.form.get("role", "")
        if role not in ROLES:
            abort(400, "There is no such role.")
        known = {one.name for one in self.hub.integrations.all()}
        # Ticking the last one off is not to open all of them.
        kept = request.form.get("reach") != "all"
        names = request.form.getlist("integrations") if kept else []
        if kept and not names:
            abort(400, "Tick at least one integration, or choose all.")
        if not known.issuperset(names):
            abort(400, "There is no such integration.")
        found = next(one for one in ROLES if one == role)
        return found, {"sees_personal": "sees_personal" in request.form, "integrations": names}
