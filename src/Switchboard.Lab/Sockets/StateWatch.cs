using System.Net;
using Switchboard.Protocol;

namespace Switchboard.Lab.Sockets;

/// <summary>Both ends of one connection as the kernel's table has them (/proc/net/tcp).</summary>
internal sealed class StateWatch(Bench bench, IPEndPoint near, IPEndPoint far)
{
    /// <summary>Waits until both ends are in these states; says what they are in, should they never be.</summary>
    public void Expect(TcpState client, TcpState server, Words? why)
    {
        string expected = $"{Kernel.Name(client)}, {Kernel.Name(server)}";
        try
        {
            Kernel.Until(() => Now() == expected, expected);
        }
        catch (TimeoutException)
        {
            // The claim below says what is there instead.
        }
        bench.NoteSegments();
        bench.Trace.Add(Lane.Kernel, "/proc/net/tcp", Now(), why);
        bench.Trace.Expect(("client, server", "客户端、服务器"), expected, Now());
    }

    private string Now() => $"{Kernel.Name(Kernel.State(near, far))}, {Kernel.Name(Kernel.State(far, near))}";
}
