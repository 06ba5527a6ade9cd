"""What is served: the only door to aiohttp.web, jinja2 and prometheus_client.

app      routes, and what every answer carries     desk         what the daemon gives
pages    HTML for readers                          feeds        feeds for readers
operations  pages for operators                   editing      pages for editors
renderer how a page is made                        layout       how it writes times, names, texts
pictures inline SVG                                session      who is an editor
visits   when a reader was here last
cache    rendered feeds, kept until they change    conditional  304, Brotli, gzip
metrics  numbers for Prometheus                    server       an application on a socket
callback what hubs of sources send                 connections  who may keep a connection
security what every answer carries                 fastpath     who is answered before aiohttp
output   what is served, as files
editions which feeds there are                     notices      incidents, corrections as entries
access   what readers may ask for                  mount        below which path it stands
"""
