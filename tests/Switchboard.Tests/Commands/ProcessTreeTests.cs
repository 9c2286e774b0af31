using Switchboard.Server.Storage.Posix;
using Xunit;

namespace Switchboard.Tests.Commands;

public class ProcessTreeTests
{
    [Fact]
    public void Nobody_means_nobody_and_never_ourselves()
    {
        Assert.Equal(0, ProcessTree.GroupOf(0));
        Assert.False(ProcessTree.SignalGroup(0, 0));
        Assert.False(ProcessTree.SignalGroup(ProcessTree.GroupOf(Environment.ProcessId), 0));
        Assert.False(ProcessTree.Signal(0, 0));
        Assert.False(ProcessTree.Signal(-1, 0));
        Assert.True(ProcessTree.Signal(Environment.ProcessId, 0));
    }

    [Fact]
    public void A_process_is_known_by_its_number_and_its_beginning()
    {
        Assert.Equal(ProcessTree.StartOf(Environment.ProcessId), ProcessTree.StartOf(Environment.ProcessId));
        Assert.NotNull(ProcessTree.StartOf(Environment.ProcessId));
        Assert.Null(ProcessTree.StartOf(int.MaxValue));
        Assert.Contains(Environment.ProcessId, ProcessTree.Of(Environment.ProcessId, 100));
    }
}
