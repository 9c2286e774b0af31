using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Switchboard.Server.Services.Commands;
using Xunit;

namespace Switchboard.Tests.Commands;

/// <summary>Runs the filter as the kernel would (a classic BPF machine of the four instructions it uses).</summary>
public class SeccompTests
{
    private const uint Allowed = 0x7fff0000, NotPermitted = 0x00050001, NoSuchCall = 0x00050026;

    private static readonly bool Arm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;

    private static uint Machine => Arm ? 0xC00000B7 : 0xC000003E;

    [Fact]
    public void Ordinary_calls_pass()
    {
        // read, write, openat, clone, execve, ptrace of one's own children.
        int[] calls = Arm ? [63, 64, 56, 220, 221, 117] : [0, 1, 257, 56, 59, 101];
        Assert.All(calls, call => Assert.Equal(Allowed, Run((uint)call, Machine)));
    }

    [Fact]
    public void Keys_kernel_programs_and_namespaces_are_refused()
    {
        // keyctl, bpf, perf_event_open, io_uring_setup, process_vm_readv, unshare, setns, mount.
        int[] calls = Arm ? [219, 280, 241, 425, 270, 97, 268, 40] : [250, 321, 298, 425, 310, 272, 308, 165];
        Assert.All(calls, call => Assert.Equal(NotPermitted, Run((uint)call, Machine)));
    }

    [Fact]
    public void Calls_under_other_numbers_do_not_exist()
    {
        Assert.Equal(NoSuchCall, Run(26, 0x40000003)); // i386's ptrace
        if (!Arm)
        {
            Assert.Equal(NoSuchCall, Run(0x40000000 | 250, Machine)); // x32's keyctl
        }
    }

    [Theory]
    [InlineData(0x5412u)]
    [InlineData(0x541Cu)]
    public void Nobody_types_into_another_s_terminal(uint request)
    {
        var ioctl = Arm ? 29u : 16u;
        Assert.Equal(NotPermitted, Run(ioctl, Machine, request));
        Assert.Equal(Allowed, Run(ioctl, Machine, 0x5413)); // asking for the size
        Assert.Equal(Allowed, Run(ioctl + 1, Machine, request));
    }

    private static uint Run(uint number, uint architecture, uint secondArgument = 0)
    {
        var program = Seccomp.Program();
        uint register = 0;
        for (var at = 0; ;)
        {
            var instruction = program.AsSpan(at * 8, 8);
            var value = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20:
                    register = value switch { 0 => number, 4 => architecture, 24 => secondArgument, _ => throw new InvalidOperationException($"load {value}") };
                    at++;
                    break;
                case 0x15:
                    at += 1 + (register == value ? instruction[2] : instruction[3]);
                    break;
                case 0x35:
                    at += 1 + (register >= value ? instruction[2] : instruction[3]);
                    break;
                case 0x06:
                    return value;
                case var code:
                    throw new InvalidOperationException($"instruction {code}");
            }
        }
    }
}
