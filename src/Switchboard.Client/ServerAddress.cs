using System.Globalization;
using System.Net;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>Where a server is: a host and a TCP port, or a Unix socket.</summary>
public sealed record ServerAddress
{
    /// <summary>The port a server listens on when nothing else is said.</summary>
    public const int DefaultPort = 9527;

    /// <summary>A host name or an IP address without brackets; empty for a Unix socket.</summary>
    public string Host { get; private init; } = "";

    /// <summary>1 to 65535; 0 for a Unix socket.</summary>
    public int Port { get; private init; }

    /// <summary>The path of a Unix socket, or null.</summary>
    public string? UnixPath { get; private init; }

    /// <summary>The address of a TCP server.</summary>
    public static ServerAddress Tcp(string host, int port = DefaultPort)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfNotEqual(port is > 0 and <= 65535, true, nameof(port));
        return new() { Host = host, Port = port };
    }

    /// <summary>The address of a server on this machine.</summary>
    public static ServerAddress Unix(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new() { UnixPath = path };
    }

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>[v6]:port</c>, a bare IPv6 address, or <c>unix:/path</c>.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for anything else.</exception>
    public static ServerAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.StartsWith("unix:", StringComparison.Ordinal) && text.Length > 5)
        {
            return Unix(text[5..]);
        }

        var (host, port) = Split(text);
        var number = DefaultPort;
        var valid = host.Length > 0 && !host.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '/')
            && (port is null || (int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= 65535));
        return valid ? Tcp(host, number) : throw new RefusedException(RefusalCode.BadRequest, text, "expected HOST[:PORT] or unix:PATH");
    }

    /// <summary>The form <see cref="Parse"/> reads, always with the port.</summary>
    public override string ToString() =>
        UnixPath is not null ? "unix:" + UnixPath
        : Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}"
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    private static (string Host, string? Port) Split(string text)
    {
        if (text.StartsWith('['))
        {
            return SplitBracketed(text);
        }

        var colon = text.LastIndexOf(':');
        if (colon < 0 || (text.IndexOf(':', StringComparison.Ordinal) != colon && IPAddress.TryParse(text, out _)))
        {
            return (text, null);
        }

        return text.IndexOf(':', StringComparison.Ordinal) == colon ? (text[..colon], text[(colon + 1)..]) : ("", null);
    }

    private static (string Host, string? Port) SplitBracketed(string text)
    {
        var end = text.IndexOf(']', StringComparison.Ordinal);
        if (end < 0 || !IPAddress.TryParse(text.AsSpan(1, end - 1), out _))
        {
            return ("", null);
        }

        var rest = text[(end + 1)..];
        return rest.Length == 0 ? (text[1..end], null) : rest[0] == ':' ? (text[1..end], rest[1..]) : ("", null);
    }
}
