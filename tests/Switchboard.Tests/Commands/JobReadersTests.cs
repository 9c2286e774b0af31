using Switchboard.Protocol;
using Switchboard.Server.Services.Commands;
using Xunit;

namespace Switchboard.Tests.Commands;

/// <summary>Who is waited for.</summary>
public class JobReadersTests
{
    private static readonly CommandsOptions Options = new() { Jobs = "", Data = "", ReaderGrace = TimeSpan.FromMinutes(10), ReadersPerJob = 3 };

    private readonly JobReaders _readers = new(Options);

    private static long Now => Environment.TickCount64;

    private static long AfterGrace => Now + (long)Options.ReaderGrace.TotalMilliseconds + 1;

    [Fact]
    public void With_nobody_there_nobody_is_waited_for() => Assert.Null(_readers.Floor(JobOutput.Stdout));

    [Fact]
    public void The_slowest_is_waited_for_in_each_stream()
    {
        _readers.Enter("a", 100, 5);
        _readers.Enter("b", 30, 50);
        Assert.Equal((30L, 5L), (_readers.Floor(JobOutput.Stdout), _readers.Floor(JobOutput.Stderr)));
        _readers.Moved("b", 200, 60);
        Assert.Equal((100L, 5L), (_readers.Floor(JobOutput.Stdout), _readers.Floor(JobOutput.Stderr)));
    }

    [Fact]
    public void Nobody_goes_back()
    {
        _readers.Enter("a", 100, 100);
        _readers.Moved("a", 50, 200);
        Assert.Equal((100L, 200L), (_readers.Floor(JobOutput.Stdout), _readers.Floor(JobOutput.Stderr)));
    }

    [Fact]
    public void One_whose_line_broke_is_waited_for_until_the_grace_is_over()
    {
        _readers.Enter("a", 7, 7);
        _readers.Leave("a", forGood: false);
        Assert.Equal((0, 7L), (_readers.Sessions, _readers.Floor(JobOutput.Stdout)));
        Assert.False(_readers.Expire(Now));
        Assert.True(_readers.Expire(AfterGrace));
        Assert.Null(_readers.Floor(JobOutput.Stdout));
    }

    [Fact]
    public void One_that_comes_back_before_its_old_line_is_found_broken_stays()
    {
        _readers.Enter("a", 7, 7);
        _readers.Enter("a", 9, 7);
        _readers.Leave("a", forGood: false);
        Assert.Equal((1, 9L), (_readers.Sessions, _readers.Floor(JobOutput.Stdout)));
    }

    [Fact]
    public void One_that_says_goodbye_is_not_waited_for()
    {
        _readers.Enter("a", 7, 7);
        _readers.Leave("a", forGood: true);
        Assert.Null(_readers.Floor(JobOutput.Stdout));
    }

    [Fact]
    public void One_that_was_never_seen_is_expected_from_the_first_byte()
    {
        _readers.Expect("a");
        Assert.Equal(0, _readers.Floor(JobOutput.Stdout));
    }

    [Fact]
    public void One_that_is_there_and_stands_still_is_given_up_until_it_moves()
    {
        _readers.Enter("a", 7, 7);
        Assert.True(_readers.Expire(AfterGrace));
        Assert.Equal((1, long.MaxValue), (_readers.Sessions, _readers.Floor(JobOutput.Stdout)));
        _readers.Moved("a", 8, 7);
        Assert.Equal(8, _readers.Floor(JobOutput.Stdout));
    }

    [Fact]
    public void The_smallest_terminal_counts_of_those_who_are_there()
    {
        _readers.Enter("a", 0, 0).Size = new TerminalSize(50, 100);
        _readers.Enter("b", 0, 0).Size = new TerminalSize(24, 200);
        Assert.Equal(new TerminalSize(24, 100), _readers.SmallestTerminal());
        _readers.Leave("b", forGood: false);
        Assert.Equal(new TerminalSize(50, 100), _readers.SmallestTerminal());
    }

    [Fact]
    public void There_is_a_bound()
    {
        foreach (var key in new[] { "a", "b", "c" })
        {
            _readers.Enter(key, 0, 0);
        }

        Assert.Equal(RefusalCode.OverLimit, Assert.Throws<RefusedException>(() => _readers.Enter("d", 0, 0)).Code);
        _readers.Enter("a", 0, 0);
    }
}
