"""Forms in Django's admin: whose they are, and the way back for deleted ones. They are edited on their own pages."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from .models import Form


@admin.register(Form)
class FormAdmin(admin.ModelAdmin):
    list_display = ["title", "slug", "team", "published", "anonymous", "public_answers", "entry_count", "deleted"]
    list_filter = ["team", "published", ("deleted", admin.EmptyFieldListFilter)]
    search_fields = ["title", "slug"]
    fields = ["title", "description", "team", "published", "anonymous", "public_answers"]
    list_select_related = ["team"]
    actions = ["restore"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(description=_("Restore the chosen deleted forms"))
    def restore(self, request, forms):
        forms.update(deleted=None)
        self.message_user(request, _("The forms are there again."))
