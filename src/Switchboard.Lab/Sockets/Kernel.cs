using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Switchboard.Lab.Sockets;

/// <summary>States of a TCP connection, numbered as Linux numbers them (include/net/tcp_states.h).</summary>
public enum TcpState
{
    /// <summary>The kernel knows no such connection.</summary>
    None = 0,
    Established = 1,
    SynSent = 2,
    SynReceived = 3,
    FinWait1 = 4,
    FinWait2 = 5,
    TimeWait = 6,
    Closed = 7,
    CloseWait = 8,
    LastAck = 9,
    Listen = 10,
    Closing = 11,

    /// <summary>In the queue of a listener, before the third step (a request socket).</summary>
    NewSynReceived = 12,
}

/// <summary>What <c>getsockopt(TCP_INFO)</c> says of a connection (include/uapi/linux/tcp.h).</summary>
internal readonly record struct TcpInfo(TcpState State, int Unacknowledged, long SegmentsOut, long NotSent, long DataSegmentsOut)
{
    private const int Tcp = 6, Option = 11, Size = 160;

    public static TcpInfo Of(Socket socket)
    {
        Span<byte> info = stackalloc byte[Size];
        socket.GetRawSocketOption(Tcp, Option, info);
        return new(
            (TcpState)info[0],
            BinaryPrimitives.ReadInt32LittleEndian(info[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(info[136..]),
            BinaryPrimitives.ReadUInt32LittleEndian(info[144..]),
            BinaryPrimitives.ReadUInt32LittleEndian(info[156..]));
    }
}

/// <summary>Facts that only the kernel knows, and waiting for them: an experiment never waits for time alone.</summary>
internal static class Kernel
{
    /// <summary>Most of what is waited for is there at once; a machine under load gets this long.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a fact is one.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static void Until(Func<bool> fact, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!fact())
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new TimeoutException(what);
            }
            Thread.Sleep(1);
        }
    }

    /// <summary>Whether a process waits for something (state S in /proc/PID/stat, behind the name in parentheses).</summary>
    public static bool IsAsleep(int process)
    {
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
        return stat[stat.LastIndexOf(')') + 2] == 'S';
    }

    public static string Name(TcpState state) => state switch
    {
        TcpState.None => "(none)",
        TcpState.Established => "ESTABLISHED",
        TcpState.SynSent => "SYN_SENT",
        TcpState.SynReceived or TcpState.NewSynReceived => "SYN_RECV",
        TcpState.FinWait1 => "FIN_WAIT1",
        TcpState.FinWait2 => "FIN_WAIT2",
        TcpState.TimeWait => "TIME_WAIT",
        TcpState.CloseWait => "CLOSE_WAIT",
        TcpState.LastAck => "LAST_ACK",
        TcpState.Listen => "LISTEN",
        TcpState.Closing => "CLOSING",
        _ => "CLOSE",
    };

    /// <summary>The state of one end as /proc/net/tcp has it, also after its socket was closed.</summary>
    public static TcpState State(IPEndPoint local, IPEndPoint remote)
    {
        string wanted = $"{Hex(local)} {Hex(remote)} ";
        foreach (string line in File.ReadLines("/proc/net/tcp"))
        {
            int at = line.IndexOf(": ", StringComparison.Ordinal) + 2;
            if (at > 1 && line.AsSpan(at).StartsWith(wanted))
            {
                var state = (TcpState)int.Parse(line.AsSpan(at + wanted.Length, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                return state == TcpState.NewSynReceived ? TcpState.SynReceived : state;
            }
        }
        return TcpState.None;
    }

    // The address as the processor holds it, so reversed here.
    private static string Hex(IPEndPoint point) =>
        string.Create(CultureInfo.InvariantCulture, $"{BinaryPrimitives.ReadUInt32LittleEndian(point.Address.GetAddressBytes()):X8}:{point.Port:X4}");

    /// <summary>From now on everything that comes for this socket is lost, as if the machine were gone: a socket filter of one instruction, "keep 0 bytes".</summary>
    /// <returns>False where the system does not permit it.</returns>
    public static unsafe bool TryDeafen(Socket socket)
    {
        const int socketLevel = 1, attachFilter = 26;
        ulong returnNothing = 0x06; // BPF_RET | BPF_K, with k = 0
        Span<byte> program = stackalloc byte[16];
        program.Clear();
        BinaryPrimitives.WriteInt16LittleEndian(program, 1);
        MemoryMarshal.Write(program[8..], (nint)(&returnNothing));
        try
        {
            socket.SetRawSocketOption(socketLevel, attachFilter, program);
            return true;
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.AccessDenied)
        {
            return false;
        }
    }
}
