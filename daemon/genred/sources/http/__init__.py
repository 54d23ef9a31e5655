"""HTTP as web radios speak it."""
