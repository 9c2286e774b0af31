using System.IO.Pipelines;
using Switchboard.Framing;
using Switchboard.Protocol;
using Switchboard.Server;
using Switchboard.Server.Doors.Native;

namespace Switchboard.Tests.Native;

public sealed class AnswerQueueTests : IDisposable
{
    private readonly MemoryStream _line = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly AnswerQueue _answers;

    public AnswerQueueTests()
    {
        var writer = new AnswerWriter(new FrameWriter(PipeWriter.Create(_line, new StreamPipeWriterOptions(leaveOpen: true))), _line, () => { });
        _answers = new AnswerQueue(writer, Log.Silent);
    }

    public void Dispose() => _ended.Dispose();

    [Fact]
    public async Task Answers_keep_the_order_of_requests_whichever_is_known_first()
    {
        var first = new TaskCompletionSource();
        Task writing = _answers.WriteAllAsync(_ended.Token);
        await AddAsync(1, first.Task);
        await AddAsync(2);
        Assert.Equal(2, _answers.Waiting);
        first.SetResult();
        _answers.Complete();
        await writing;
        Assert.Equal((long[])[1, 2], await WrittenAsync());
        Assert.Equal(0, _answers.Waiting);
    }

    [Fact]
    public async Task What_was_added_before_the_end_is_written_even_where_writing_begins_afterwards()
    {
        await AddAsync(1);
        await AddAsync(2);
        _answers.Complete();
        await _answers.WriteAllAsync(_ended.Token);
        Assert.Equal((long[])[1, 2], await WrittenAsync());
    }

    [Fact]
    public async Task At_the_window_the_reading_side_waits_until_one_is_answered()
    {
        var held = new TaskCompletionSource();
        Task writing = _answers.WriteAllAsync(_ended.Token);
        for (long id = 1; id <= AnswerQueue.Window; id++)
        {
            await AddAsync(id, held.Task);
        }

        Task beyond = AddAsync(AnswerQueue.Window + 1).AsTask();
        Assert.False(beyond.IsCompleted);
        held.SetResult();
        await beyond;
        _answers.Complete();
        await writing;
        Assert.Equal(Enumerable.Range(1, AnswerQueue.Window + 1).Select(id => (long)id), await WrittenAsync());
    }

    [Fact]
    public async Task The_end_of_the_line_ends_whoever_waits()
    {
        Task writing = _answers.WriteAllAsync(_ended.Token);
        var never = new TaskCompletionSource();
        for (long id = 1; id <= AnswerQueue.Window; id++)
        {
            await AddAsync(id, never.Task);
        }

        Task beyond = AddAsync(AnswerQueue.Window + 1).AsTask();
        Task alone = _answers.ReachAsync(Turn.Alone, _ended.Token).AsTask();
        await _ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beyond);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alone);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public async Task A_request_that_runs_alone_waits_for_all_before_it_a_thousand_times_over()
    {
        Task writing = _answers.WriteAllAsync(_ended.Token);
        for (long id = 1; id <= 1_000; id++)
        {
            await AddAsync(id);
            await _answers.ReachAsync(Turn.Alone, _ended.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, _answers.Waiting);
        }

        _answers.Complete();
        await writing;
    }

    private ValueTask AddAsync(long id, Task? known = null) =>
        _answers.AddAsync(
            id,
            async (writer, cancel) =>
            {
                await (known ?? Task.CompletedTask).WaitAsync(cancel);
                writer.Write(new Done { Id = id }, ProtocolJson.Default.Done);
            },
            isRead: false,
            _ended.Token);

    private async Task<long[]> WrittenAsync()
    {
        _line.Position = 0;
        var reader = new FrameReader(PipeReader.Create(_line));
        List<long> ids = [];
        while (await reader.ReadAsync() is { } frame)
        {
            ids.Add(Messages.IdOf(frame.Header.Span)!.Value);
        }

        return [.. ids];
    }
}
