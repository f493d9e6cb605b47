package stackconfig

const (
	pulumiSalt   = "v1:i6HujEam3HU=:v1:g9svqoNZDAE6Rtyx:q3hYaUaHNP9VRvgWRmzBi/MzVBKxeQ=="
	pulumiSecure = "v1:G64mV5Y0xI82kKi6:dhFRiFEfkWT2KAF5Frm9Q+JUHhj/5JVAfOfoPlbK"
)
