namespace Switchboard.Addresses;

/// <summary>The three ranges of ports: RFC 6335 section 6.</summary>
public enum PortClass
{
    /// <summary>0 to 1023: well-known; on Unix only root opens them, unless the kernel was told otherwise.</summary>
    System,

    /// <summary>1024 to 49151: registered with IANA.</summary>
    User,

    /// <summary>49152 to 65535: never assigned, for whoever needs one for a while.</summary>
    Dynamic,
}

public static class PortClasses
{
    public static PortClass Of(int port) => port switch { < 1024 => PortClass.System, < 49152 => PortClass.User, _ => PortClass.Dynamic };
}
