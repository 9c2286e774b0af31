using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server.Connections;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Native;

/// <summary>Being told of changes in one's files. A connection has one such session at most.</summary>
internal sealed class WatchVerbs(NativeSession session, Files files)
{
    private readonly SessionSlot<WatchSession> _slot = new(session);

    /// <summary>A session is under way.</summary>
    public bool IsOpen => _slot.Open is not null;

    public ValueTask WatchAsync(Frame frame)
    {
        WatchRequest request = Messages.Read(frame, ProtocolJson.Default.WatchRequest);
        return _slot.BeginAsync(
            request.Id,
            () => Task.FromResult(new WatchSession(request.Id, session, files)),
            (opened, writer, cancel) => opened.FollowAsync(writer, cancel),
            opened => opened.Dispose());
    }

    public async ValueTask UnwatchAsync(Frame frame)
    {
        Unwatch request = Messages.Read(frame, ProtocolJson.Default.Unwatch);
        (await _slot.FindAsync(request.Id))?.Leave();
    }

    /// <summary>Once a second: uploads grow without anybody saying so, and the client wants a sign of life.</summary>
    public void Tick() => _slot.Open?.Wake();

    /// <summary>The line is gone.</summary>
    public void Abandon() => _slot.Take()?.Wake();
}

/// <summary>Tells what changed, at a pace a person can follow.</summary>
internal sealed class WatchSession : IDisposable
{
    /// <summary>Four times a second: what comes more often is told together.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <summary>Silence after which the other end is told that the line is alive.</summary>
    private const long PulseMilliseconds = 15_000;

    /// <summary>Unfinished uploads told; more are no view any more.</summary>
    private const int MostUploads = 100;

    private readonly long? _id;
    private readonly NativeSession _session;
    private readonly Files _files;
    private readonly WakeSignal _signal = new();
    private readonly FilesWatch _watch;
    private long _lastSent;
    private News? _told;
    private volatile bool _leaving;

    public WatchSession(long? id, NativeSession session, Files files)
    {
        (_id, _session, _files) = (id, session, files);
        _watch = files.Watch(session.Caller, Wake);
    }

    public void Wake() => _signal.Set();

    public void Leave()
    {
        _leaving = true;
        Wake();
    }

    public async ValueTask FollowAsync(AnswerWriter writer, CancellationToken cancel)
    {
        await using var ending = cancel.Register(Wake);
        while (!_leaving)
        {
            cancel.ThrowIfCancellationRequested();
            if (Tell(writer))
            {
                await writer.FlushAsync(cancel);
                _lastSent = Environment.TickCount64;
                await Task.Delay(Pace, cancel);
            }

            await _signal.WaitAsync();
        }

        writer.Write(new Done { Id = _id }, ProtocolJson.Default.Done);
    }

    public void Dispose() => _watch.Dispose();

    private bool Tell(AnswerWriter writer)
    {
        News now = Now();
        if (_told is { } told && now.Version == told.Version && IsSame(told, now))
        {
            bool isSilent = Environment.TickCount64 - _lastSent >= PulseMilliseconds;
            if (isSilent)
            {
                writer.Write(new Pulse { Id = _id }, ProtocolJson.Default.Pulse);
            }

            return isSilent;
        }

        _told = now;
        writer.Write(now, ProtocolJson.Default.News);
        return true;
    }

    private News Now()
    {
        var (version, folders) = _watch.Take();
        // Uploads begin and end with a change; between two of them only what is unfinished can grow, so a quiet page costs no query.
        bool mayHaveUploads = _told is not { } told || told.Version != version || told.Uploads.Length > 0;
        Space space = _files.Space(_session.Caller);
        return new News
        {
            Id = _id,
            Version = version,
            Quota = space.Quota,
            Used = space.Used,
            Partial = space.Partial,
            Bin = space.Bin,
            Free = space.Free,
            Folders = folders?.ToArray(),
            Uploads = mayHaveUploads ? [.. _files.Uploads(_session.Caller).Take(MostUploads)] : [],
        };
    }

    // What is free moves with everybody's writing to the disk, which is no news.
    private static bool IsSame(News one, News other) =>
        (one.Quota, one.Used, one.Partial, one.Bin) == (other.Quota, other.Used, other.Partial, other.Bin) && one.Uploads.AsSpan().SequenceEqual(other.Uploads);
}
