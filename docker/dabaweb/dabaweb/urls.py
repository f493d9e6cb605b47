"""The addresses of the site. The probes' are answered before Django, in probes.py."""

from django.contrib import admin
from django.contrib.auth import views as accounts
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("", include("forms.urls")),
    path("", include("tables.urls")),
    path("", include("status.urls")),
    path("accounts/login/", accounts.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", accounts.LogoutView.as_view(), name="logout"),
    path("accounts/password/", accounts.PasswordChangeView.as_view(), name="password_change"),
    path("accounts/password/done/", accounts.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
]

handler500 = "dabaweb.views.server_error"
