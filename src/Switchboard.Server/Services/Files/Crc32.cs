using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Switchboard.Server.Services.Files;

/// <summary>The CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320) of the bytes seen so far. A value: adding bytes gives another.</summary>
internal readonly struct Crc32
{
    private const uint Polynomial = 0xEDB88320;

    // Bytes per round of the table walk: sixteen lookups that do not wait for each other.
    private const int Slice = 16;

    private static readonly uint[] Tables = MakeTables();

    // The register, inverted, so that nothing seen is 0.
    private readonly uint _value;

    private Crc32(uint value) => _value = value;

    public uint Value => _value;

    public Crc32 With(ReadOnlySpan<byte> bytes)
    {
        var register = ~_value;
        if (Pclmulqdq.IsSupported && bytes.Length >= 2 * Folding.Block)
        {
            var whole = bytes.Length & ~(Vector128<byte>.Count - 1);
            register = Walk(0, Folding.Fold(register, bytes[..whole]));
            bytes = bytes[whole..];
        }

        return new Crc32(~Walk(register, bytes));
    }

    /// <summary>As <see cref="With"/> on a processor without carry-less multiplication.</summary>
    internal Crc32 WithTables(ReadOnlySpan<byte> bytes) => new(~Walk(~_value, bytes));

    /// <summary>Most significant byte first, as it is written in hexadecimal.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _value);
        return bytes;
    }

    private static uint Walk(uint register, ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        for (; bytes.Length >= Slice; bytes = bytes[Slice..])
        {
            var next = register ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            register = tables[((Slice - 1) * 256) + (byte)next] ^ tables[((Slice - 2) * 256) + (byte)(next >> 8)]
                ^ tables[((Slice - 3) * 256) + (byte)(next >> 16)] ^ tables[((Slice - 4) * 256) + (int)(next >> 24)];
            for (var i = 4; i < Slice; i++)
            {
                register ^= tables[((Slice - 1 - i) * 256) + bytes[i]];
            }
        }

        foreach (var b in bytes)
        {
            register = tables[(byte)(register ^ b)] ^ (register >> 8);
        }

        return register;
    }

    // Table k holds what a byte does to the register when k zero bytes follow it.
    private static uint[] MakeTables()
    {
        var tables = new uint[Slice * 256];
        for (var i = 0; i < tables.Length; i++)
        {
            var value = i < 256 ? (uint)i : tables[i - 256];
            tables[i] = i < 256 ? Shift(value) : (value >> 8) ^ tables[(byte)value];
        }

        return tables;
    }

    private static uint Shift(uint value)
    {
        for (var bit = 0; bit < 8; bit++)
        {
            value = (value >> 1) ^ ((value & 1) * Polynomial);
        }

        return value;
    }

    /// <summary>
    /// Folding by carry-less multiplication: a block of message is multiplied by a power of x modulo the polynomial and added to the block that
    /// many bits further on, until sixteen bytes are left that have the same remainder as all.
    /// </summary>
    private static class Folding
    {
        public const int Block = 4 * 16;

        // x^n modulo the polynomial, bits reflected and shifted by one: the halves of a register are carried over 512 bits (four registers)
        // by n = 544 and 480, over 128 bits (one register) by n = 160 and 96.
        private static readonly Vector128<ulong> OverFour = Vector128.Create(Power(544), Power(480));
        private static readonly Vector128<ulong> OverOne = Vector128.Create(Power(160), Power(96));

        public static byte[] Fold(uint register, ReadOnlySpan<byte> bytes)
        {
            var blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
            var (a, b, c, d) = (blocks[0] ^ Vector128.CreateScalar((ulong)register), blocks[1], blocks[2], blocks[3]);
            for (blocks = blocks[4..]; blocks.Length >= 4; blocks = blocks[4..])
            {
                a = Carry(a, OverFour) ^ blocks[0];
                b = Carry(b, OverFour) ^ blocks[1];
                c = Carry(c, OverFour) ^ blocks[2];
                d = Carry(d, OverFour) ^ blocks[3];
            }

            var sum = Carry(Carry(Carry(a, OverOne) ^ b, OverOne) ^ c, OverOne) ^ d;
            foreach (var block in blocks)
            {
                sum = Carry(sum, OverOne) ^ block;
            }

            var rest = new byte[16];
            sum.AsByte().CopyTo(rest);
            return rest;
        }

        private static Vector128<ulong> Carry(Vector128<ulong> value, Vector128<ulong> by) =>
            Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11);

        private static ulong Power(int n)
        {
            // Reflected: bit 31 stands for x^0, a shift to the right multiplies by x.
            var value = 0x80000000u;
            for (var i = 0; i < n; i++)
            {
                value = (value >> 1) ^ ((value & 1) * Polynomial);
            }

            return (ulong)value << 1;
        }
    }
}
