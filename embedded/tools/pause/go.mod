module k8s-web/embedded/tools/pause

go 1.26.0
