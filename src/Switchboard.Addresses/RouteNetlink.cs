using System.Net;
using System.Runtime.InteropServices;

namespace Switchboard.Addresses;

/// <summary>What the kernel knows of an address of an interface, beyond the address.</summary>
/// <param name="Link">The interface's number.</param>
/// <param name="Flags">IFA_F_… (include/uapi/linux/if_addr.h).</param>
/// <param name="ValidSeconds">How much longer it is valid; null for ever.</param>
public sealed record AddressLife(IPAddress Address, int Link, uint Flags, uint? ValidSeconds);

/// <summary>Questions to the Linux kernel about links and neighbours, and its answers (rtnetlink(7)); bytes only. Numbers in them have the machine's own order.</summary>
public static class RouteNetlink
{
    // include/uapi/linux/rtnetlink.h and netlink.h
    private const ushort NewAddress = 20, GetAddress = 22, NewNeighbour = 28, GetNeighbour = 30, Failed = 2, Done = 3;
    private const ushort RequestDump = 0x301;
    private const int Header = 16, AddressHeader = 8, NeighbourHeader = 12;
    private const ushort AddressOf = 1, LocalOf = 2, LifeOf = 6, FlagsOf = 8, NeighbourOf = 1, HardwareOf = 2;

    // NUD_NOARP: links that have no neighbours, and multicast; "ip neigh" leaves them out as well.
    private const ushort NoArp = 0x40;

    public static byte[] AskAddresses() => Request(GetAddress, AddressHeader);

    public static byte[] AskNeighbours() => Request(GetNeighbour, NeighbourHeader);

    /// <summary>Whether an answer is the last one, or an error.</summary>
    public static bool IsLast(ReadOnlySpan<byte> answer)
    {
        for (; TakeMessage(ref answer, out ushort type, out _);)
        {
            if (type is Done or Failed)
            {
                return true;
            }
        }
        return false;
    }

    public static IReadOnlyList<AddressLife> Addresses(ReadOnlySpan<byte> answer)
    {
        List<AddressLife> found = [];
        while (TakeMessage(ref answer, out ushort type, out ReadOnlySpan<byte> body))
        {
            if (type == NewAddress && body.Length >= AddressHeader && Life(body) is { } life)
            {
                found.Add(life);
            }
        }
        return found;
    }

    /// <param name="nameOf">The name of an interface by its number.</param>
    public static IReadOnlyList<Neighbour> Neighbours(ReadOnlySpan<byte> answer, Func<int, string?> nameOf)
    {
        List<Neighbour> found = [];
        while (TakeMessage(ref answer, out ushort type, out ReadOnlySpan<byte> body))
        {
            if (type == NewNeighbour && body.Length >= NeighbourHeader && Near(body, nameOf) is { } neighbour)
            {
                found.Add(neighbour);
            }
        }
        return found;
    }

    private static byte[] Request(ushort type, int header)
    {
        byte[] request = new byte[Header + header];
        MemoryMarshal.Write(request, request.Length);
        MemoryMarshal.Write(request.AsSpan(4), type);
        MemoryMarshal.Write(request.AsSpan(6), RequestDump);
        return request;
    }

    private static AddressLife? Life(ReadOnlySpan<byte> body)
    {
        IPAddress? address = null;
        uint flags = body[2];
        uint valid = uint.MaxValue;
        ReadOnlySpan<byte> rest = body[AddressHeader..];
        while (TakeAttribute(ref rest, out int type, out ReadOnlySpan<byte> value))
        {
            // IFA_LOCAL is our end of a point-to-point link, where IFA_ADDRESS is the other's.
            address = (type == LocalOf || (type == AddressOf && address is null)) && value.Length is 4 or 16 ? new(value) : address;
            flags = type == FlagsOf && value.Length == 4 ? MemoryMarshal.Read<uint>(value) : flags;
            valid = type == LifeOf && value.Length >= 8 ? MemoryMarshal.Read<uint>(value[4..]) : valid;
        }
        return address is null ? null : new(address, MemoryMarshal.Read<int>(body[4..]), flags, valid == uint.MaxValue ? null : valid);
    }

    private static Neighbour? Near(ReadOnlySpan<byte> body, Func<int, string?> nameOf)
    {
        ushort state = MemoryMarshal.Read<ushort>(body[8..]);
        IPAddress? address = null;
        string? mac = null;
        ReadOnlySpan<byte> rest = body[NeighbourHeader..];
        while (TakeAttribute(ref rest, out int type, out ReadOnlySpan<byte> value))
        {
            address = type == NeighbourOf && value.Length is 4 or 16 ? new(value) : address;
            mac = type == HardwareOf && value.Length == 6 ? InterfaceIdentifier.Text(new(value.ToArray())) : mac;
        }
        return address is null || (state & NoArp) != 0 ? null : new(address, mac, nameOf(MemoryMarshal.Read<int>(body[4..])) ?? "?", StateOf(state));
    }

    private static string? StateOf(ushort state) => state switch
    {
        0x01 => "incomplete",
        0x02 => "reachable",
        0x04 => "stale",
        0x08 => "delay",
        0x10 => "probe",
        0x20 => "failed",
        0x80 => "permanent",
        _ => null,
    };

    private static bool TakeMessage(ref ReadOnlySpan<byte> rest, out ushort type, out ReadOnlySpan<byte> body)
    {
        type = 0;
        body = default;
        int length = rest.Length < Header ? 0 : MemoryMarshal.Read<int>(rest);
        if (length < Header || length > rest.Length)
        {
            return false;
        }
        type = MemoryMarshal.Read<ushort>(rest[4..]);
        body = rest[Header..length];
        rest = rest[Math.Min(Aligned(length), rest.Length)..];
        return true;
    }

    private static bool TakeAttribute(ref ReadOnlySpan<byte> rest, out int type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        int length = rest.Length < 4 ? 0 : MemoryMarshal.Read<ushort>(rest);
        if (length < 4 || length > rest.Length)
        {
            return false;
        }
        type = MemoryMarshal.Read<ushort>(rest[2..]);
        value = rest[4..length];
        rest = rest[Math.Min(Aligned(length), rest.Length)..];
        return true;
    }

    private static int Aligned(int length) => (length + 3) & ~3;
}
