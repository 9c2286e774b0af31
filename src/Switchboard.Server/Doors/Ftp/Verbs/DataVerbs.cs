using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Ftp.Verbs;

/// <summary>How the next transfer will travel: which port, which type, from where on.</summary>
internal static class DataVerbs
{
    public static ValueTask PasvAsync(FtpSession session, string _)
    {
        RefuseAfterEpsvAll(session);
        var local = session.Control.LocalAddress;
        if (local.AddressFamily is not AddressFamily.InterNetwork)
        {
            return session.ReplyAsync(522, session.Text("Over IPv6 use EPSV.", "使用 IPv6 时请用 EPSV。"));
        }

        var port = session.Port.Listen(local, session.Door.Options.FtpPassivePorts);
        var told = (session.Door.Options.FtpPassiveAddress is { } named && !IPAddress.IsLoopback(session.Peer) ? named : local).ToString().Replace('.', ',');
        return session.ReplyAsync(227, $"Entering Passive Mode ({told},{port >> 8},{port & 255})");
    }

    public static ValueTask EpsvAsync(FtpSession session, string family)
    {
        var isIpv4 = session.Control.LocalAddress.AddressFamily is AddressFamily.InterNetwork;
        if (family.Equals("ALL", StringComparison.OrdinalIgnoreCase))
        {
            session.State = session.State with { OnlyExtendedPassive = true };
            return session.ReplyAsync(200, session.Text("Only EPSV from now on.", "此后只接受 EPSV。"));
        }

        if (family is not ("" or "1" or "2") || family == (isIpv4 ? "2" : "1"))
        {
            return session.ReplyAsync(522, $"Network protocol not supported, use ({(isIpv4 ? 1 : 2)})");
        }

        var port = session.Port.Listen(session.Control.LocalAddress, session.Door.Options.FtpPassivePorts);
        return session.ReplyAsync(229, $"Entering Extended Passive Mode (|||{port}|)");
    }

    public static ValueTask PortAsync(FtpSession session, string text)
    {
        RefuseAfterEpsvAll(session);
        var numbers = text.Split(',');
        var bytes = new byte[6];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (numbers.Length != bytes.Length || !byte.TryParse(numbers[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
            {
                throw new RefusedException(RefusalCode.BadRequest, text, "PORT h1,h2,h3,h4,p1,p2");
            }
        }

        return AimAsync(session, new IPEndPoint(new IPAddress(bytes.AsSpan(0, 4)), (bytes[4] << 8) | bytes[5]));
    }

    // |1|132.235.1.2|6275| with any delimiter (RFC 2428, section 2).
    public static ValueTask EprtAsync(FtpSession session, string text)
    {
        RefuseAfterEpsvAll(session);
        var parts = text.Split(text[0]);
        if (parts.Length != 5 || !IPAddress.TryParse(parts[2], out var address) || !ushort.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new RefusedException(RefusalCode.BadRequest, text, "EPRT |1 or 2|address|port|");
        }

        if (parts[1] != (address.AddressFamily is AddressFamily.InterNetwork ? "1" : "2") || address.AddressFamily != session.Peer.AddressFamily)
        {
            return session.ReplyAsync(522, $"Network protocol not supported, use ({(session.Peer.AddressFamily is AddressFamily.InterNetwork ? 1 : 2)})");
        }

        return AimAsync(session, new IPEndPoint(address, port));
    }

    public static ValueTask TypeAsync(FtpSession session, string type)
    {
        bool? isText = string.Join(' ', type.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)) switch
        {
            "A" or "A N" => true,
            "I" or "L 8" or "L8" => false,
            _ => null,
        };
        if (isText is not { } chosen)
        {
            return session.ReplyAsync(504, session.Text("TYPE A, I or L 8.", "仅支持 TYPE A、I、L 8。"));
        }

        session.State = session.State with { IsText = chosen };
        return session.ReplyAsync(200, $"TYPE {(chosen ? "A" : "I")}");
    }

    public static ValueTask ModeAsync(FtpSession session, string mode) => mode.Equals("S", StringComparison.OrdinalIgnoreCase)
        ? session.ReplyAsync(200, "MODE S")
        : session.ReplyAsync(504, session.Text("Stream mode (S) is what there is.", "仅支持流模式（S）。"));

    public static ValueTask StruAsync(FtpSession session, string structure) => structure.Equals("F", StringComparison.OrdinalIgnoreCase)
        ? session.ReplyAsync(200, "STRU F")
        : session.ReplyAsync(504, session.Text("File structure (F) is what there is; records are not kept.", "仅支持文件结构（F），不支持记录结构。"));

    public static ValueTask RestAsync(FtpSession session, string text)
    {
        var offset = Number(text, "REST offset");
        session.State = session.State with { RestartAt = offset };
        return session.ReplyAsync(350, session.Text($"The next transfer goes on at byte {offset}.", $"下一次传输从第 {offset} 字节继续。"));
    }

    public static ValueTask AlloAsync(FtpSession session, string text)
    {
        var bytes = Number(text.Split(' ')[0], "ALLO bytes");
        // Told now and reserved by the upload itself: a client that goes away in between holds no room.
        if (session.Files.Space(session.Caller) is var space && bytes > space.Free)
        {
            throw new RefusedException(new Refusal(RefusalCode.OverQuota) { Free = space.Free, Missing = bytes - space.Free });
        }

        session.State = session.State with { Announced = bytes };
        return session.ReplyAsync(200, session.Text($"{bytes} bytes are expected.", $"预期 {bytes} 字节。"));
    }

    // One under way is ended where the session listens beside it; here there is none.
    public static ValueTask AborAsync(FtpSession session, string _)
    {
        session.Port.Forget();
        return session.ReplyAsync(226, session.Text("No transfer is under way.", "没有正在进行的传输。"));
    }

    internal static long Number(string text, string syntax) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new RefusedException(RefusalCode.BadRequest, text, syntax);

    private static ValueTask AimAsync(FtpSession session, IPEndPoint target)
    {
        session.Port.Aim(target);
        return session.ReplyAsync(200, session.Text("Noted.", "已记录。"));
    }

    private static void RefuseAfterEpsvAll(FtpSession session)
    {
        if (session.State.OnlyExtendedPassive)
        {
            throw new RefusedException(RefusalCode.BadRequest, null, "EPSV ALL was said");
        }
    }
}
