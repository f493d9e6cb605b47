# A line of nginx' error log as an object of JSON. Of requests and referrers, the query is left out.
s/?[^", ]*//g
s/[^ -~]/ /g
s/["\\]/\\&/g
s|^\([0-9]*\)/\([0-9]*\)/\([0-9]*\) \([0-9:]*\) \[\([a-z]*\)\] \(.*\)|{"time":"\1-\2-\3T\4Z","level":"\5","logger":"nginx","message":"\6"}|
t
# What comes before there is a log, and has no time.
s/.*/{"level":"error","logger":"nginx","message":"&"}/
