using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// The system calls a job may not make, as a program for the kernel (seccomp(2), classic BPF): ways to other processes' memory, to keys, to
/// parts of the kernel with a history of holes, and to new namespaces and mounts, from which such holes are reached. They fail with EPERM.
/// </summary>
/// <remarks>The list is of what is denied, because a job may be any program; what it can reach at all is decided by the namespaces.</remarks>
internal static class Seccomp
{
    private const ushort LoadWord = 0x20, JumpEqual = 0x15, JumpAtLeast = 0x35, Return = 0x06;
    private const uint Allow = 0x7fff0000, Refuse = 0x00050000;
    private const uint NotPermitted = 1, NoSuchCall = 38;

    // struct seccomp_data: nr at 0, arch at 4, args[1] at 24 (its low half on a little-endian machine).
    private const uint Number = 0, Architecture = 4, SecondArgument = 24;

    // x32 calls carry this bit and would otherwise pass under other numbers.
    private const uint X32 = 0x40000000;

    // TIOCSTI and TIOCLINUX put characters into another's terminal.
    private static readonly uint[] DeniedRequests = [0x5412, 0x541C];

    // Linux's own numbers, x86-64 (asm/unistd_64.h) and arm64 (asm-generic/unistd.h); -1 where there is no such call.
    private static readonly (string Name, int X64, int Arm64)[] Denied =
    [
        ("keyctl", 250, 219), ("add_key", 248, 217), ("request_key", 249, 218),
        ("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282),
        ("io_uring_setup", 425, 425), ("io_uring_enter", 426, 426), ("io_uring_register", 427, 427),
        ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("kcmp", 312, 272), ("pidfd_getfd", 438, 438),
        ("unshare", 272, 97), ("setns", 308, 268), ("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41), ("chroot", 161, 51),
        ("open_tree", 428, 428), ("move_mount", 429, 429), ("fsopen", 430, 430), ("fsconfig", 431, 431), ("fsmount", 432, 432), ("fspick", 433, 433),
        ("mount_setattr", 442, 442), ("name_to_handle_at", 303, 264), ("open_by_handle_at", 304, 265),
        ("kexec_load", 246, 104), ("kexec_file_load", 320, 294), ("init_module", 175, 105), ("finit_module", 313, 273), ("delete_module", 176, 106),
        ("reboot", 169, 142), ("swapon", 167, 224), ("swapoff", 168, 225), ("acct", 163, 89), ("quotactl", 179, 60), ("syslog", 103, 116),
        ("vhangup", 153, 58), ("iopl", 172, -1), ("ioperm", 173, -1),
    ];

    /// <summary>The program, for <c>bwrap --seccomp</c>.</summary>
    public static byte[] Program()
    {
        var isArm = RuntimeInformation.ProcessArchitecture is System.Runtime.InteropServices.Architecture.Arm64;
        List<Instruction> program =
        [
            new(LoadWord, Architecture),
            // Another architecture's calls (32-bit programs) have other numbers: they are not checked, so they are not made.
            new(JumpEqual, isArm ? 0xC00000B7 : 0xC000003E, IfTrue: 1),
            new(Return, Refuse | NoSuchCall),
            new(LoadWord, Number),
        ];
        if (!isArm)
        {
            program.AddRange([new(JumpAtLeast, X32, IfFalse: 1), new(Return, Refuse | NoSuchCall)]);
        }

        foreach (var (_, x64, arm64) in Denied.Where(call => (isArm ? call.Arm64 : call.X64) >= 0))
        {
            program.AddRange([new(JumpEqual, (uint)(isArm ? arm64 : x64), IfFalse: 1), new(Return, Refuse | NotPermitted)]);
        }

        program.Add(new(JumpEqual, (uint)(isArm ? 29 : 16) /* ioctl */, IfFalse: (byte)((DeniedRequests.Length * 2) + 1)));
        program.Add(new(LoadWord, SecondArgument));
        program.AddRange(DeniedRequests.SelectMany(request => new Instruction[] { new(JumpEqual, request, IfFalse: 1), new(Return, Refuse | NotPermitted) }));
        program.Add(new(Return, Allow));
        return [.. program.SelectMany(instruction => instruction.ToBytes())];
    }

    /// <summary><c>struct sock_filter</c>.</summary>
    private readonly record struct Instruction(ushort Code, uint Value, byte IfTrue = 0, byte IfFalse = 0)
    {
        public byte[] ToBytes()
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, Code);
            (bytes[2], bytes[3]) = (IfTrue, IfFalse);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Value);
            return bytes;
        }
    }
}
