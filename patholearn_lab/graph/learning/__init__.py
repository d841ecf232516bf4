"""What a network can learn and how: tasks, losses, optimizers, schedules and metrics, each declared once in a table."""
