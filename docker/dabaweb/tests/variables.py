"""A complete environment of the container."""

VARIABLES = {
    "GET_HOSTS_FROM": "env",
    "MYSQL_MASTER_SERVICE_HOST": "10.96.0.10",
    "MYSQL_MASTER_SERVICE_PORT": "3306",
    "MYSQL_SLAVE_SERVICE_HOST": "10.96.0.11",
    "MYSQL_SLAVE_SERVICE_PORT": "3306",
    "REDIS_MASTER_SERVICE_HOST": "10.96.0.12",
    "REDIS_MASTER_SERVICE_PORT": "6379",
    "REDIS_SLAVE_SERVICE_HOST": "10.96.0.13",
    "REDIS_SLAVE_SERVICE_PORT": "6379",
    "MYSQL_DATABASE": "form",
    "MYSQL_USER": "dabaweb",
    "MYSQL_PASSWORD": "mysql-secret",
    "MYSQL_CA": "/run/authorities/mysql.crt",
    "REDIS_PASSWORD": "redis-secret",
    "REDIS_CA": "/run/authorities/redis.crt",
    "DJANGO_SECRET_KEY": "not-a-real-key-but-long-enough-for-django-and-its-checklist",
    "DJANGO_ALLOWED_HOSTS": "testserver,forms.example.org",
    "POD_NAME": "dabacluster-test",
}
