"""Django's MySQL back end on PyMySQL: pure Python, so that the image needs no compiler."""

import pymysql

pymysql.install_as_MySQLdb()
