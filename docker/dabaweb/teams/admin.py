"""Teams in Django's admin."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .models import Team


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ["name", "people"]
    search_fields = ["name"]
    filter_horizontal = ["members"]

    @admin.display(description=_("members"))
    def people(self, team):
        return ", ".join(user.get_username() for user in team.members.all())

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("members")
