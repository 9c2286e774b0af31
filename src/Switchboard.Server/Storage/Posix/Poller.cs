using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Switchboard.Server.Storage.Posix;

/// <summary>What a descriptor is ready for (epoll_ctl(2)).</summary>
[Flags]
internal enum Readiness : uint
{
    None = 0,
    Read = 0x1,
    Write = 0x4,
    Error = 0x8,
    HangUp = 0x10,
}

/// <summary>
/// One thread that waits for many pipes and terminals (epoll) and calls back when one is ready: .NET has no asynchronous reads of pipes, and a
/// thread per job would be most of what a job costs. Callbacks must be short. The thread lives as long as the process does, so it is also
/// the one that starts programs which are to die with the server (PR_SET_PDEATHSIG follows the thread that made the child).
/// </summary>
internal sealed unsafe partial class Poller : IDisposable
{
    private const int CtlAdd = 1, CtlDelete = 2, CtlModify = 3;
    private const int CloseOnExec = 0x80000, EventNonBlocking = 0x800;
    private const int MostAtOnce = 64;

    // struct epoll_event is packed on x86-64 and not elsewhere.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 12 : 16;

    private readonly SafeFileHandle _epoll = new(epoll_create1(CloseOnExec), ownsHandle: true);
    private readonly SafeFileHandle _wake = new(eventfd(0, CloseOnExec | EventNonBlocking), ownsHandle: true);
    private readonly ConcurrentDictionary<ulong, Action<Readiness>> _callbacks = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private long _lastKey;
    private volatile bool _stopping;

    /// <param name="failed">Told what a callback threw; the thread goes on.</param>
    public Poller(Action<Exception> failed)
    {
        _failed = failed;
        if (_epoll.IsInvalid || _wake.IsInvalid)
        {
            throw new IOException($"epoll: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        Control(CtlAdd, _wake, Readiness.Read, 0);
        _thread = new Thread(Run) { Name = "jobs", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Watches a descriptor until <see cref="Remove"/>; level-triggered. A regular file cannot be watched.</summary>
    /// <returns>The key for <see cref="Change"/> and <see cref="Remove"/>.</returns>
    public ulong Add(SafeHandle descriptor, Readiness wanted, Action<Readiness> ready)
    {
        var key = (ulong)Interlocked.Increment(ref _lastKey);
        _callbacks[key] = ready;
        Control(CtlAdd, descriptor, wanted, key);
        return key;
    }

    /// <summary>Watches for something else; one that is not watched any more stays so.</summary>
    public void Change(SafeHandle descriptor, Readiness wanted, ulong key)
    {
        if (_callbacks.ContainsKey(key))
        {
            Control(CtlModify, descriptor, wanted, key);
        }
    }

    /// <summary>Call before the descriptor is closed. A callback under way may still finish.</summary>
    public void Remove(SafeHandle descriptor, ulong key)
    {
        if (_callbacks.TryRemove(key, out _) && !_epoll.IsClosed)
        {
            Control(CtlDelete, descriptor, Readiness.None, key);
        }
    }

    /// <summary>Runs an action on the thread, soon.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Wake();
    }

    public Task<T> RunAsync<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>Ends the thread after what was posted.</summary>
    public void Dispose()
    {
        _stopping = true;
        Wake();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }

        _epoll.Dispose();
        _wake.Dispose();
    }

    private void Run()
    {
        var events = stackalloc byte[MostAtOnce * EventBytes];
        while (!_stopping || !_posted.IsEmpty)
        {
            var count = epoll_wait(_epoll, events, MostAtOnce, _posted.IsEmpty ? -1 : 0);
            for (var i = 0; i < count; i++)
            {
                var at = events + (i * EventBytes);
                Call(*(uint*)at, *(ulong*)(at + EventBytes - sizeof(ulong)));
            }

            RunPosted();
        }
    }

    private void Call(uint readiness, ulong key)
    {
        if (key == 0)
        {
            ulong count;
            _ = Libc.Read(_wake, (byte*)&count, sizeof(ulong));
        }
        else if (_callbacks.TryGetValue(key, out var callback))
        {
            Guarded(() => callback((Readiness)readiness));
        }
    }

    private void RunPosted()
    {
        while (_posted.TryDequeue(out var action))
        {
            Guarded(action);
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _failed(e);
        }
    }

    private void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    private void Control(int operation, SafeHandle descriptor, Readiness wanted, ulong key)
    {
        var change = stackalloc byte[EventBytes];
        *(uint*)change = (uint)wanted;
        *(ulong*)(change + EventBytes - sizeof(ulong)) = key;
        if (epoll_ctl(_epoll, operation, descriptor, change) != 0 && operation != CtlDelete)
        {
            throw new IOException($"epoll_ctl: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(SafeHandle epoll, int operation, SafeHandle descriptor, byte* change);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(SafeHandle epoll, byte* events, int most, int milliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);
}
