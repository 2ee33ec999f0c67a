"""What people do becomes touchpoints, touchpoints move companies, and that starts what follows."""
