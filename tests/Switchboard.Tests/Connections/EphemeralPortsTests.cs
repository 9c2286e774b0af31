using Switchboard.Server.Connections;

namespace Switchboard.Tests.Connections;

public sealed class EphemeralPortsTests
{
    [Fact]
    public void The_kernels_range_less_what_is_reserved()
    {
        var ports = EphemeralPorts.Parse("40000\t40009\n", "8080,40002-40008\n");

        int[] seen = [.. Enumerable.Range(0, 100).SelectMany(_ => ports.Candidates()).Distinct().Order()];

        // 0 is the kernel's own search.
        Assert.Equal([0, 40000, 40001, 40009], seen);
    }

    [Fact]
    public void The_kernel_is_asked_only_at_the_end() => Assert.Equal(32, EphemeralPorts.Parse("32768\t60999\n", "\n").Candidates().ToList().IndexOf(0));

    [Fact]
    public void Where_all_are_reserved_the_kernel_is_asked() => Assert.Equal([0], EphemeralPorts.Parse("40000 40009", "1-65535").Candidates());

    [Fact]
    public void Where_nothing_can_be_read_linux_default_holds() =>
        Assert.All(EphemeralPorts.Parse("", "").Candidates().SkipLast(1), port => Assert.InRange(port, 32768, 60999));
}
