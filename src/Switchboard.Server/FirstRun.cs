using System.Net;

namespace Switchboard.Server;

/// <summary>How the first start tells the administrator's password: the program that started the server knows whether a person watches.</summary>
/// <param name="Tell">Password, what is bound, the fingerprint, and the data directory.</param>
public sealed record FirstRun(Action<string, IReadOnlyList<IPEndPoint>, string, string> Tell);
