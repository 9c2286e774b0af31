using System.Diagnostics;
using System.Net;
using Switchboard.Server.Doors.Ftp.Control;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>Why a transfer did not come to its end.</summary>
internal enum Interruption
{
    None,

    /// <summary>The client said ABOR.</summary>
    Aborted,

    /// <summary>The control connection is gone, or the session has to end.</summary>
    SessionOver,

    /// <summary>No byte moved for too long.</summary>
    Stalled,
}

/// <summary>The one transfer of a session that is under way.</summary>
internal sealed class Transfer(string what) : IAsyncDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _bytes;
    private long _lastProgress = Environment.TickCount64;
    private int _interruption;
    private DataConnection? _data;

    /// <summary>For STAT: verb and path.</summary>
    public string What { get; } = what;

    public long Bytes => Volatile.Read(ref _bytes);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    public Interruption Interruption => (Interruption)Volatile.Read(ref _interruption);

    /// <summary>The data connection stood at some time: a failure from here on is 426, before it is 425.</summary>
    public bool WasOpen { get; private set; }

    public long StillFor(long now) => now - Volatile.Read(ref _lastProgress);

    public void Progress(long bytes)
    {
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _lastProgress, Environment.TickCount64);
    }

    public DataConnection Use(DataConnection data)
    {
        (_data, WasOpen) = (data, true);
        if (Interruption is not Interruption.None)
        {
            data.Abort();
        }

        return data;
    }

    /// <summary>Resets the data connection, if there is one.</summary>
    public void Break() => _data?.Abort();

    /// <summary>Ends it at once, whatever it waits for.</summary>
    public void Interrupt(Interruption why)
    {
        if (Interlocked.CompareExchange(ref _interruption, (int)why, 0) == 0)
        {
            _data?.Abort();
        }
    }

    public ValueTask DisposeAsync() => _data?.DisposeAsync() ?? ValueTask.CompletedTask;
}
