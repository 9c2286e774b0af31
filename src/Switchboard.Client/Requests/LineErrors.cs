using System.Net.Sockets;
using System.Text.Json;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client.Requests;

/// <summary>What goes wrong on a connection, as refusals.</summary>
internal static class LineErrors
{
    public static Refusal ToRefusal(Exception e) => e switch
    {
        RefusedException refused => refused.Refusal,
        FrameException { Error: FrameError.Truncated } or IOException or SocketException or ObjectDisposedException =>
            new(RefusalCode.NoConnection) { Detail = e.Message },
        FrameException or JsonException => new(RefusalCode.BadFrame) { Detail = e.Message },
        _ => new(RefusalCode.Internal) { Detail = e.GetType().Name + ": " + e.Message },
    };

    /// <summary>Whether another connection, now or later, may succeed.</summary>
    public static bool IsPassing(Refusal refusal) =>
        refusal.RetryAfter is not null || refusal.Code is RefusalCode.NoConnection or RefusalCode.Closing or RefusalCode.Busy
            or RefusalCode.TooManyConnections or RefusalCode.TooManyUsers or RefusalCode.Timeout;
}
