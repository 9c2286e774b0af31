namespace Switchboard.Server.Doors.Native;

/// <summary>
/// The place on a connection for a session of two directions, one at a time. What the client sends at once behind its opening request is for a
/// session that is only being opened, so it waits for that.
/// </summary>
internal sealed class SessionSlot<T>(NativeSession session)
    where T : class
{
    private Task<T?> _opening = Task.FromResult<T?>(null);
    private T? _open;
    private long? _id;

    /// <summary>The one under way; null where there is none.</summary>
    public T? Open => Volatile.Read(ref _open);

    /// <summary>The one of this id, once it is open; null when there is none, or it is over.</summary>
    public ValueTask<T?> FindAsync(long? id) =>
        _opening.IsCompletedSuccessfully ? ValueTask.FromResult(OfId(id, _opening.Result)) : WaitForAsync(id);

    private async ValueTask<T?> WaitForAsync(long? id) => OfId(id, await _opening.WaitAsync(session.Ended));

    private T? OfId(long? id, T? open) => open is not null && _id == id && ReferenceEquals(open, Open) ? open : null;

    /// <summary>Opens one when all before it is answered, and keeps the answering side in it until it is over.</summary>
    /// <param name="id">Of the request.</param>
    /// <param name="open">Makes it; a refusal is the request's answer.</param>
    /// <param name="follow">Lasts as long as it does.</param>
    /// <param name="end">Lets it go.</param>
    public ValueTask BeginAsync(long? id, Func<Task<T>> open, Func<T, AnswerWriter, CancellationToken, ValueTask> follow, Action<T> end)
    {
        var opening = new TaskCompletionSource<T?>(TaskCreationOptions.RunContinuationsAsynchronously);
        (_opening, _id) = (opening.Task, id);
        return session.AnswerInTurnAsync(id, async (writer, cancel) =>
        {
            T? opened = null;
            try
            {
                opened = await open();
                Volatile.Write(ref _open, opened);
                opening.SetResult(opened);
                await follow(opened, writer, cancel);
            }
            finally
            {
                opening.TrySetResult(null);
                Interlocked.CompareExchange(ref _open, null, opened);
                if (opened is not null)
                {
                    end(opened);
                }
            }
        });
    }

    /// <summary>Takes it out: the line is gone.</summary>
    public T? Take() => Interlocked.Exchange(ref _open, null);
}
