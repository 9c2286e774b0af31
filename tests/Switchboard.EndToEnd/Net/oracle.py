"""Answers questions about addresses with Python's own ipaddress, one per line: a kind and its arguments, tab-separated.

What it refuses is answered by "refused". Two rules of ours that ipaddress of some versions does not have are put into
the answers here: an inverted mask is no mask, and an IPv4-mapped address ends in dots.
"""
import ipaddress
import sys


def short(address):
    mapped = getattr(address, "ipv4_mapped", None)
    return f"::ffff:{mapped}" if mapped else str(address)


def interface(text):
    return ipaddress.ip_interface(text)


def net(text):
    return ipaddress.ip_network(text)


def nets(text):
    return [net(word) for word in text.split()]


def listed(networks):
    return " ".join(f"{int(one.network_address)}/{one.prefixlen}" for one in networks)


def facts(text):
    network = interface(text).network
    return " ".join(str(int(part)) for part in (network.network_address, network.broadcast_address, network.netmask, network.hostmask, network.num_addresses))


def mask(text):
    network = net("0.0.0.0/" + text)
    return str(network.prefixlen) if str(network.netmask) == text else "refused"


def relation(one, other):
    a, b = net(one), net(other)
    return f"{a.overlaps(b)} {a.subnet_of(b)} {a.supernet_of(b)} {b.network_address in a}"


def spread(first, last):
    return listed(ipaddress.summarize_address_range(ipaddress.ip_address(first), ipaddress.ip_address(last)))


def minus(one, other):
    a, b = net(one), net(other)
    if not a.overlaps(b):
        return listed([a])
    return listed(sorted(a.address_exclude(b))) if b.subnet_of(a) else ""


def cover(text):
    networks = nets(text)
    around = networks[0]
    while not all(one.subnet_of(around) for one in networks):
        around = around.supernet()
    return listed([around])


def forms(text):
    address = ipaddress.ip_address(text)
    return f"{short(address)} {address.exploded} {address.reverse_pointer} {address.packed.hex()}"


def kind(text):
    address = ipaddress.ip_address(text)
    return f"{address.is_multicast} {address.is_loopback} {address.is_link_local} {address.is_unspecified} {getattr(address, 'is_site_local', False)}"


def plan(text, *prefixes):
    whole = net(text)
    at, end, placed = int(whole.network_address), int(whole.broadcast_address), []
    for prefix in sorted(map(int, prefixes)):
        size = 1 << (whole.max_prefixlen - prefix)
        if at + size - 1 > end:
            return "refused"
        placed.append(type(whole)((at, prefix)))
        at += size
    rest = [] if at > end else ipaddress.summarize_address_range(type(whole.network_address)(at), whole.broadcast_address)
    return f"{listed(placed)}|{listed(rest)}"


def order(number, width):
    value, size = int(number), int(width) // 8
    if value >> int(width):
        return "refused"
    little = value.to_bytes(size, "little")
    return f"{value.to_bytes(size, 'big').hex()} {little.hex()} {int.from_bytes(little, 'big')}"


KINDS = {
    "address": lambda text: str(int(ipaddress.ip_address(text))),
    "network": lambda text: listed([net(text)]),
    "facts": facts,
    "mask": mask,
    "relation": relation,
    "range": spread,
    "union": lambda text: listed(ipaddress.collapse_addresses(nets(text))),
    "minus": minus,
    "cover": cover,
    "forms": forms,
    "kind": kind,
    "plan": plan,
    "order": order,
}

for line in sys.stdin:
    name, *arguments = line.rstrip("\n").split("\t")
    try:
        answer = KINDS[name](*arguments)
    except ValueError:
        answer = "refused"
    print(answer)
